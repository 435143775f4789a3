package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.yaml.snakeyaml.Yaml;

/** The public contract and what the controller answers are the same list. */
@ControllerTest
class ContractTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping mappings;

    @Test
    void everyCallOfTheContractIsAnsweredAndNoOtherIs() throws Exception {
        assertThat(answered()).isNotEmpty().isEqualTo(promised());
    }

    private static Set<String> promised() throws Exception {
        Map<String, Map<String, Map<String, Object>>> contract =
                new Yaml().load(Files.readString(Path.of(System.getProperty("yado.root", ".."), "openapi.yaml")));
        return contract.getOrDefault("paths", Map.of()).entrySet().stream()
                .flatMap(path -> path.getValue().keySet().stream()
                        .filter(METHODS::contains)
                        .map(method -> call(method, path.getKey())))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> answered() {
        return mappings.getHandlerMethods().keySet().stream()
                .flatMap(mapping -> mapping.getPatternValues().stream()
                        .filter(path -> path.startsWith("/v1/"))
                        .flatMap(path -> mapping.getMethodsCondition().getMethods().stream()
                                .map(RequestMethod::name)
                                .map(method -> call(method, path))))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String call(String method, String path) {
        return method.toUpperCase(Locale.ROOT) + " " + path.replaceAll("\\{[^}]*}", "{}");
    }
}
