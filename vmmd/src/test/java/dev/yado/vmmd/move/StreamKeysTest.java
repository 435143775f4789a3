package dev.yado.vmmd.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.util.Base64;
import javax.crypto.spec.DHParameterSpec;
import org.junit.jupiter.api.Test;

class StreamKeysTest {
    private static final int GUARD_BITS = 128;

    /** RFC 7919, A.1: p = 2^2048 - 2^1984 + {[2^1918 * e] + 560316 } * 2^64 - 1. */
    @Test
    void groupIsTheOneOfTheStandard() throws Exception {
        AlgorithmParameters given = AlgorithmParameters.getInstance("DH");
        given.init(Base64.getMimeDecoder().decode(StreamKeys.GROUP.replaceAll("-----[^-]+-----", "")));
        DHParameterSpec group = given.getParameterSpec(DHParameterSpec.class);

        BigInteger prime = power(2048)
                .subtract(power(1984))
                .add(timesE(1918).add(BigInteger.valueOf(560316)).multiply(power(64)))
                .subtract(BigInteger.ONE);
        assertThat(group.getP()).isEqualTo(prime);
        assertThat(group.getG()).isEqualTo(BigInteger.TWO);
    }

    /** The whole part of e times two to that power. */
    private static BigInteger timesE(int exponent) {
        BigInteger term = power(exponent + GUARD_BITS);
        BigInteger sum = BigInteger.ZERO;
        for (int n = 1; term.signum() > 0; n++) {
            sum = sum.add(term);
            term = term.divide(BigInteger.valueOf(n));
        }
        return sum.shiftRight(GUARD_BITS);
    }

    private static BigInteger power(int exponent) {
        return BigInteger.ONE.shiftLeft(exponent);
    }
}
