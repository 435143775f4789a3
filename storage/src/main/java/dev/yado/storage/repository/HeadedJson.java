package dev.yado.storage.repository;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * JSON after a line that begins as agreed, then has its SHA-256 and perhaps another word.
 *
 * @param json as it was written, for its digest was compared
 * @param words after the digest
 */
record HeadedJson(byte[] json, List<String> words) {

    /** @param word empty, or what stands after the digest */
    static ByteBuffer write(String begin, byte[] json, String word) {
        String line = begin + " " + sha256(json) + (word.isEmpty() ? "" : " " + word) + "\n";
        byte[] head = line.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + json.length)
                .put(head)
                .put(json)
                .flip();
    }

    /** Empty when it is not as it was written. */
    static Optional<HeadedJson> read(String begin, ByteBuffer file) {
        byte[] bytes = new byte[file.remaining()];
        file.get(bytes);
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        String line = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        if (end == bytes.length || !line.startsWith(begin + " ")) {
            return Optional.empty();
        }
        List<String> words = List.of(line.substring(begin.length() + 1).split(" "));
        byte[] json = Arrays.copyOfRange(bytes, end + 1, bytes.length);
        return words.getFirst().equals(sha256(json))
                ? Optional.of(new HeadedJson(json, words.subList(1, words.size())))
                : Optional.empty();
    }

    private static String sha256(byte[] json) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
