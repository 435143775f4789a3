package dev.yado.protocol.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.YadoException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ImageHeaderProperties {

    @Property
    void randomBytesAreTakenOrRefusedButNeverCrash(@ForAll ImageFormat declared, @ForAll byte[] content) {
        check(declared, content);
    }

    @Property
    void randomBytesBehindTheMagicAreTakenOrRefusedButNeverCrash(
            @ForAll @IntRange(min = 2, max = 3) int version, @ForAll @Size(max = 300) byte[] rest) {
        byte[] content = new byte[8 + rest.length];
        System.arraycopy(new TestingQcow2().content(), 0, content, 0, 8);
        content[7] = (byte) version;
        System.arraycopy(rest, 0, content, 8, rest.length);

        assertThat(check(ImageFormat.QCOW2, content)).isEmpty();
    }

    @Property(tries = 5000)
    void whateverHappensToAHeaderWhatIsTakenStandsAloneAndHasABoundedSize(@ForAll("damage") Map<Integer, Byte> damage) {
        byte[] content = new TestingQcow2().content();
        damage.forEach((at, value) -> content[at] = value);

        check(ImageFormat.QCOW2, content).ifPresent(header -> {
            assertThat(header.virtualSize()).isBetween(1L, ImageHeader.MAX_VIRTUAL_SIZE);
            assertThat(Arrays.copyOfRange(content, 8, 20)).as("backing file").containsOnly(0);
            assertThat(content[79] & 4).as("data file").isZero();
        });
    }

    @Property
    void everyProperPrefixOfAQcow2IsRefused(@ForAll @IntRange(min = 1, max = 196_608 + 15) int length) {
        assertThat(check(ImageFormat.QCOW2, Arrays.copyOf(new TestingQcow2().content(), length)))
                .isEmpty();
    }

    @Provide
    Arbitrary<Map<Integer, Byte>> damage() {
        Arbitrary<Byte> values = Arbitraries.oneOf(
                Arbitraries.of(
                        (byte) 0, (byte) 1, (byte) 2, (byte) 4, (byte) 16, (byte) 0x7f, (byte) 0x80, (byte) 0xff),
                Arbitraries.bytes());
        return Arbitraries.maps(Arbitraries.integers().between(0, 200), values)
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    /** Every refusal is IMAGE_INVALID; any other exception fails the property. */
    private static Optional<ImageHeader> check(ImageFormat declared, byte[] content) {
        try {
            return Optional.of(TestingQcow2.check(declared, content));
        } catch (YadoException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_INVALID);
            return Optional.empty();
        }
    }
}
