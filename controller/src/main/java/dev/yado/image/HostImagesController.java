package dev.yado.image;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Gives hosts the content of images. It is copied by the call's own thread: Tomcat's sendfile would read from disk on the one
 * thread that polls all connections, and a slow disk would hold up every other call.
 */
@RestController
class HostImagesController {
    private static final int BUFFER_BYTES = 256 << 10;
    private final Images images;
    private final ImageFiles files;

    HostImagesController(Images images, ImageFiles files) {
        this.images = images;
        this.files = files;
    }

    @GetMapping("/internal/v1/images/{imageId}/content")
    void content(
            @PathVariable("imageId") UUID imageId,
            @RequestHeader(value = HttpHeaders.RANGE, required = false) @Nullable String range,
            HttpServletResponse response)
            throws IOException {
        ImageRef image = images.reference(new ImageId(imageId));
        try (FileChannel file = files.open(image.sha256())) {
            long first = 0;
            long last = file.size() - 1;
            HttpRange asked = oneRange(range);
            if (asked != null) {
                first = asked.getRangeStart(file.size());
                last = asked.getRangeEnd(file.size());
                if (first >= file.size()) {
                    response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + file.size());
                    response.setStatus(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value());
                    return;
                }
                response.setStatus(HttpStatus.PARTIAL_CONTENT.value());
                response.setHeader(HttpHeaders.CONTENT_RANGE, "bytes " + first + "-" + last + "/" + file.size());
            }
            response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
            response.setHeader(HttpHeaders.ETAG, '"' + image.sha256() + '"');
            response.setHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
            response.setContentLengthLong(last - first + 1);
            send(file.position(first), last - first + 1, response.getOutputStream());
        } catch (NoSuchFileException lost) {
            throw new YadoException(
                    ErrorCode.IMAGE_UNAVAILABLE,
                    "the content of image " + imageId + " is not in the image store",
                    lost);
        }
    }

    /** Null for the whole: several ranges at once are answered with everything, as HTTP allows. */
    private static @Nullable HttpRange oneRange(@Nullable String range) {
        try {
            List<HttpRange> ranges = HttpRange.parseRanges(range);
            return ranges.size() == 1 ? ranges.getFirst() : null;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private static void send(FileChannel file, long length, OutputStream out) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, Math.max(1, length)));
        for (long left = length; left > 0; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            int read = file.read(buffer);
            if (read < 0) {
                throw new IOException("the image ended " + left + " bytes too early");
            }
            out.write(buffer.array(), 0, read);
            left -= read;
        }
    }
}
