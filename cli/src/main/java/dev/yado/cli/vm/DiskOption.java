package dev.yado.cli.vm;

import dev.yado.cli.text.Words;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code image=NAME,size=10}: either part may be missing, not both. Sizes in GiB. */
record DiskOption(Optional<String> image, Optional<Long> sizeGiB) {
    static DiskOption parse(String text) {
        Optional<String> image = Optional.empty();
        Optional<Long> size = Optional.empty();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            if (value.isEmpty()) {
                throw new IllegalArgumentException("'" + text + "' is not of the form image=NAME,size=GIB");
            }
            switch (key) {
                case "image" -> image = Optional.of(value);
                case "size" -> size = Optional.of(Words.parseGibibytes(value));
                default ->
                    throw new IllegalArgumentException("'" + key + "' is no part of a disk: known are image and size");
            }
        }
        return new DiskOption(image, size);
    }

    static final class Converter implements ITypeConverter<DiskOption> {
        @Override
        public DiskOption convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        }
    }
}
