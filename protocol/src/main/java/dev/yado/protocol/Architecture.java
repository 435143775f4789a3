package dev.yado.protocol;

/** An instruction set, of a host or of the software in an image. */
public enum Architecture {
    X86_64,
    AARCH64;

    /** @param osArch the value of the system property {@code os.arch} */
    public static Architecture ofOsArch(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default -> throw new IllegalArgumentException("unsupported architecture " + osArch);
        };
    }
}
