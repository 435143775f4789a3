package dev.yado.protocol;

/**
 * Who calls a host: sent as header {@code X-Yado-Operation: <operation>/<step>/<epoch>}. A runner that lost its lease has a lower
 * epoch than the one that took over, and is refused.
 */
public record CallFence(OperationId operation, String step, long epoch) {
    public static final String HEADER = "X-Yado-Operation";

    public static CallFence parse(String header) {
        String[] parts = header.split("/", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException(HEADER + " is <operation>/<step>/<epoch>, not " + header);
        }
        return new CallFence(OperationId.of(parts[0]), parts[1], Long.parseLong(parts[2]));
    }

    public String header() {
        return operation + "/" + step + "/" + epoch;
    }
}
