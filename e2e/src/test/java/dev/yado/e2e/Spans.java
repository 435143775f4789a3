package dev.yado.e2e;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;

/** A collector that takes OTLP over HTTP in protobuf, as any does, and keeps the spans. */
final class Spans {
    private final HttpServer server;
    private final List<Span> received = new CopyOnWriteArrayList<>();

    /** @param parent empty for the first of a trace */
    record Span(String service, String trace, String id, String parent, String name, Map<String, String> attributes) {}

    Spans() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                request(ByteBuffer.wrap(exchange.getRequestBody().readAllBytes()));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Span> all() {
        return List.copyOf(received);
    }

    void close() {
        server.stop(0);
    }

    private void request(ByteBuffer request) {
        fields(request, (field, resourceSpans) -> {
            Map<String, String> resource = new HashMap<>();
            fields(resourceSpans.duplicate(), (number, value) -> {
                if (number == 1) {
                    fields(value, (_, attribute) -> attribute(attribute, resource));
                }
            });
            fields(resourceSpans, (number, scopeSpans) -> {
                if (number == 2) {
                    fields(scopeSpans, (kind, span) -> {
                        if (kind == 2) {
                            received.add(span(resource.getOrDefault("service.name", ""), span));
                        }
                    });
                }
            });
        });
    }

    private static Span span(String service, ByteBuffer bytes) {
        Map<Integer, String> ids = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        String[] name = {""};
        fields(bytes, (field, value) -> {
            switch (field) {
                case 1, 2, 4 -> ids.put(field, HexFormat.of().formatHex(rest(value)));
                case 5 -> name[0] = text(value);
                case 9 -> attribute(value, attributes);
                default -> {}
            }
        });
        return new Span(
                service,
                ids.getOrDefault(1, ""),
                ids.getOrDefault(2, ""),
                ids.getOrDefault(4, ""),
                name[0],
                Map.copyOf(attributes));
    }

    private static void attribute(ByteBuffer keyValue, Map<String, String> to) {
        String[] pair = {"", ""};
        fields(keyValue, (field, value) -> {
            if (field == 1) {
                pair[0] = text(value);
            } else if (field == 2) {
                fields(value, (kind, any) -> {
                    if (kind == 1) {
                        pair[1] = text(any);
                    }
                });
            }
        });
        to.put(pair[0], pair[1]);
    }

    /** Every field of a message that has a length; numbers are passed over. */
    private static void fields(ByteBuffer message, BiConsumer<Integer, ByteBuffer> take) {
        message.order(ByteOrder.LITTLE_ENDIAN);
        while (message.hasRemaining()) {
            int key = (int) number(message);
            switch (key & 7) {
                case 0 -> number(message);
                case 1 -> message.position(message.position() + 8);
                case 2 -> {
                    int length = (int) number(message);
                    ByteBuffer value = message.slice(message.position(), length);
                    message.position(message.position() + length);
                    take.accept(key >>> 3, value);
                }
                case 5 -> message.position(message.position() + 4);
                default -> throw new IllegalArgumentException("not protobuf: wire type " + (key & 7));
            }
        }
    }

    private static long number(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static byte[] rest(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer value) {
        return new String(rest(value), StandardCharsets.UTF_8);
    }
}
