package dev.yado.cli.wire;

import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as it came. The client shows what a controller that is newer than itself says, so values stay as they are, unknown fields
 * and long numbers too. Jackson's streaming half only: data binding would triple the start of every command.
 */
public sealed interface Json {
    JsonFactory FACTORY = new JsonFactory();

    record Text(String value) implements Json {}

    /** Keeps the digits that were sent. */
    record Digits(String value) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    record Array(List<Json> items) implements Json {
        public Array {
            items = List.copyOf(items);
        }
    }

    /** An object; fields in the order in which they came. */
    record Document(Map<String, Json> fields) implements Json {
        public Document() {
            this(new LinkedHashMap<>());
        }

        public Document with(String name, String value) {
            return with(name, new Text(value));
        }

        public Document with(String name, long value) {
            return with(name, new Digits(Long.toString(value)));
        }

        public Document with(String name, boolean value) {
            return with(name, new Bool(value));
        }

        public Document with(String name, Json value) {
            Map<String, Json> more = new LinkedHashMap<>(fields);
            more.put(name, value);
            return new Document(more);
        }

        /** The field as a person reads it: text without quotes, a number's digits. Empty when absent or not a single value. */
        public Optional<String> find(String name) {
            return switch (fields.get(name)) {
                case Text text -> Optional.of(text.value());
                case Digits number -> Optional.of(number.value());
                case Bool bool -> Optional.of(Boolean.toString(bool.value()));
                case Null _, Array _, Document _ -> Optional.empty();
                case null -> Optional.empty();
            };
        }

        /** The field, or nothing when it is absent. */
        public String text(String name) {
            return find(name).orElse("");
        }

        public long number(String name) {
            try {
                return find(name).map(Long::parseLong).orElse(0L);
            } catch (NumberFormatException notWhole) {
                return 0;
            }
        }

        public Optional<Document> document(String name) {
            return fields.get(name) instanceof Document document ? Optional.of(document) : Optional.empty();
        }

        public List<Document> documents(String name) {
            List<Document> documents = new ArrayList<>();
            if (fields.get(name) instanceof Array array) {
                for (Json item : array.items()) {
                    if (item instanceof Document document) {
                        documents.add(document);
                    }
                }
            }
            return documents;
        }

        /** The items of a list of single values, as people read them. */
        public List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            if (fields.get(name) instanceof Array array) {
                array.items()
                        .forEach(item ->
                                new Document().with("item", item).find("item").ifPresent(texts::add));
            }
            return texts;
        }
    }

    /** @throws IllegalArgumentException when it is not exactly one JSON value */
    static Json parse(byte[] bytes) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            parser.nextToken();
            Json value = read(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON value");
            }
            return value;
        } catch (JacksonException broken) {
            throw new IllegalArgumentException("not JSON: " + broken.getOriginalMessage(), broken);
        }
    }

    /** @throws IllegalArgumentException when it is not a JSON object */
    static Document parseDocument(byte[] bytes) {
        if (parse(bytes) instanceof Document document) {
            return document;
        }
        throw new IllegalArgumentException("not a JSON object");
    }

    default byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
            write(this, generator);
        }
        return bytes.toByteArray();
    }

    /** On one line. */
    default String line() {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(this, generator);
        }
        return text.toString();
    }

    private static Json read(JsonParser parser) {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> {
                Map<String, Json> fields = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, read(parser));
                }
                yield new Document(fields);
            }
            case START_ARRAY -> {
                List<Json> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(read(parser));
                }
                yield new Array(items);
            }
            case VALUE_STRING -> new Text(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Digits(parser.getString());
            case VALUE_TRUE -> new Bool(true);
            case VALUE_FALSE -> new Bool(false);
            case VALUE_NULL -> new Null();
            case null -> throw new IllegalArgumentException("no JSON value");
            default -> throw new IllegalArgumentException("unexpected " + token);
        };
    }

    private static void write(Json value, JsonGenerator to) {
        switch (value) {
            case Text text -> to.writeString(text.value());
            case Digits number -> to.writeRawValue(number.value());
            case Bool bool -> to.writeBoolean(bool.value());
            case Null _ -> to.writeNull();
            case Array array -> {
                to.writeStartArray();
                array.items().forEach(item -> write(item, to));
                to.writeEndArray();
            }
            case Document document -> {
                to.writeStartObject();
                document.fields().forEach((name, field) -> {
                    to.writeName(name);
                    write(field, to);
                });
                to.writeEndObject();
            }
        }
    }

    /** UTF-8, as every JSON document of the API. */
    static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
