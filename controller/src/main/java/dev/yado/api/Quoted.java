package dev.yado.api;

/** Makes what a caller sent harmless to show: short and without control characters. */
final class Quoted {
    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_TEXT = 300;

    private Quoted() {}

    static String name(String sent) {
        return shorten(sent, LONGEST_NAME);
    }

    static String text(String sent) {
        return shorten(sent, LONGEST_TEXT);
    }

    private static String shorten(String sent, int longest) {
        String harmless = sent.replaceAll("\\p{Cntrl}", "?");
        return harmless.length() <= longest ? harmless : harmless.substring(0, longest) + "…";
    }
}
