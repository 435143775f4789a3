import java.util.List;
import java.util.Locale;

/** One line of a benchmark's output: {@code {"name", "value", "unit", "peer"?, "ratio"?}}. The ratio is how often the value fits into the peer's. */
record Figure(String name, double value, String unit, Double peer) {

    static Figure of(String name, List<Double> values, String unit) {
        return new Figure(name, median(values), unit, null);
    }

    static Figure against(String name, List<Double> values, String unit, List<Double> peer) {
        return new Figure(name, median(values), unit, median(peer));
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    void print() {
        StringBuilder line = new StringBuilder("{\"name\": \"%s\", \"value\": %s, \"unit\": \"%s\"".formatted(name, number(value), unit));
        if (peer != null) {
            line.append(", \"peer\": %s, \"ratio\": %s".formatted(number(peer), number(peer / value)));
        }
        System.out.println(line.append('}'));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.2f" : "%.1f", value);
    }
}
