package dev.yado.cli.vm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code network=NAME,address=10.0.0.5,group=web}: the network is needed, {@code group} may come several times. Rates in kbit/s. */
record NicOption(
        String network,
        Optional<String> address,
        Optional<String> mac,
        List<String> groups,
        Optional<Long> inKbits,
        Optional<Long> outKbits) {
    private static final String FORM = "network=NAME,address=ADDRESS,group=GROUP,mac=MAC,in=KBITS,out=KBITS";

    static NicOption parse(String text) {
        Optional<String> network = Optional.empty();
        Optional<String> address = Optional.empty();
        Optional<String> mac = Optional.empty();
        List<String> groups = new ArrayList<>();
        Optional<Long> inward = Optional.empty();
        Optional<Long> outward = Optional.empty();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            if (value.isEmpty()) {
                throw new IllegalArgumentException("'" + text + "' is not of the form " + FORM);
            }
            switch (key) {
                case "network" -> network = Optional.of(value);
                case "address" -> address = Optional.of(value);
                case "mac" -> mac = Optional.of(value);
                case "group" -> groups.add(value);
                case "in" -> inward = Optional.of(rate(value));
                case "out" -> outward = Optional.of(rate(value));
                default -> throw new IllegalArgumentException("'" + key + "' is no part of a network card: " + FORM);
            }
        }
        return new NicOption(
                network.orElseThrow(() -> new IllegalArgumentException("'" + text + "' names no network: " + FORM)),
                address,
                mac,
                List.copyOf(groups),
                inward,
                outward);
    }

    private static long rate(String value) {
        if (!value.matches("[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException("'" + value + "' is not a rate in kbit/s");
        }
        return Long.parseLong(value);
    }

    static final class Converter implements ITypeConverter<NicOption> {
        @Override
        public NicOption convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        }
    }
}
