package dev.yado.cli.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"x\",\"new\":{\"deep\":[1,2.50,-0,true,null,\"ü\\n\"]}}",
                "{\"big\":123456789012345678901234567890,\"small\":1e-300}",
                "{}",
                "[]"
            })
    void keepsWhatItDoesNotKnow(String text) {
        assertThat(Json.parse(bytes(text)).line()).isEqualTo(text);
        assertThat(Json.utf8(Json.parse(bytes(text)).bytes())).isEqualTo(text);
    }

    @Test
    void readsFieldsAsPeopleDo() {
        Json.Document document = Json.parseDocument(
                bytes("{\"name\":\"web\",\"vcpus\":2,\"on\":true,\"none\":null,\"list\":[{\"a\":1},2]}"));
        assertThat(document.text("name")).isEqualTo("web");
        assertThat(document.number("vcpus")).isEqualTo(2);
        assertThat(document.text("on")).isEqualTo("true");
        assertThat(document.find("none")).isEmpty();
        assertThat(document.text("absent")).isEmpty();
        assertThat(document.documents("list")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "<html>", "{} {}", "\"text\"", "[1]", "{\"a\":}"})
    void refusesWhatIsNoDocument(String text) {
        assertThatThrownBy(() -> Json.parseDocument(bytes(text))).isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
