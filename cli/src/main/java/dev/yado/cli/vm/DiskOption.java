package dev.yado.cli.vm;

import dev.yado.cli.text.Words;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code image=NAME,size=10,pool=nfs}: each part may be missing, not image and size both. Sizes in GiB. */
record DiskOption(Optional<String> image, Optional<Long> sizeGiB, Optional<String> pool) {
    static DiskOption parse(String text) {
        Optional<String> image = Optional.empty();
        Optional<Long> size = Optional.empty();
        Optional<String> pool = Optional.empty();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            if (value.isEmpty()) {
                throw new IllegalArgumentException("'" + text + "' is not of the form image=NAME,size=GIB,pool=NAME");
            }
            switch (key) {
                case "image" -> image = Optional.of(value);
                case "size" -> size = Optional.of(Words.parseGibibytes(value));
                case "pool" -> pool = Optional.of(value);
                default ->
                    throw new IllegalArgumentException(
                            "'" + key + "' is no part of a disk: known are image, size and pool");
            }
        }
        return new DiskOption(image, size, pool);
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
