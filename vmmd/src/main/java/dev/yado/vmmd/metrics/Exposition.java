package dev.yado.vmmd.metrics;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prometheus' text format, version 0.0.4: the samples of a metric stand together under its help and type. */
final class Exposition {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Map<HostMetric, StringBuilder> samples = new EnumMap<>(HostMetric.class);

    void add(HostMetric metric, double value, String... labels) {
        line(metric, "", value, List.of(), labels);
    }

    /**
     * @param counts how many values are within each bound
     * @param all how many there are
     */
    void histogram(HostMetric metric, double[] bounds, long[] counts, long all, double sum, String... labels) {
        for (int i = 0; i < bounds.length; i++) {
            line(metric, "_bucket", counts[i], List.of("le", number(bounds[i])), labels);
        }
        line(metric, "_bucket", all, List.of("le", "+Inf"), labels);
        line(metric, "_sum", sum, List.of(), labels);
        line(metric, "_count", all, List.of(), labels);
    }

    private void line(HostMetric metric, String suffix, double value, List<String> more, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalArgumentException(metric + " has the labels " + metric.labels());
        }
        StringBuilder to = samples.computeIfAbsent(metric, _ -> new StringBuilder());
        to.append(metric.word()).append(suffix);
        String separator = "{";
        for (int i = 0; i < labels.length; i++) {
            to.append(separator)
                    .append(metric.labels().get(i))
                    .append("=\"")
                    .append(escaped(labels[i]))
                    .append('"');
            separator = ",";
        }
        if (!more.isEmpty()) {
            to.append(separator)
                    .append(more.get(0))
                    .append("=\"")
                    .append(more.get(1))
                    .append('"');
            separator = ",";
        }
        to.append(separator.equals(",") ? "} " : " ").append(number(value)).append('\n');
    }

    String text() {
        StringBuilder all = new StringBuilder();
        samples.forEach((metric, lines) -> all.append("# HELP ")
                .append(metric.word())
                .append(' ')
                .append(metric.help())
                .append("\n# TYPE ")
                .append(metric.word())
                .append(' ')
                .append(metric.type().name().toLowerCase(Locale.ROOT))
                .append('\n')
                .append(lines));
        return all.toString();
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
