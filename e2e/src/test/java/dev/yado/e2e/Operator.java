package dev.yado.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Somebody with the administrator's token at a shell, who knows the command {@code yado} and nothing else. */
record Operator(Cloud cloud) {

    record Said(int exit, String out, String err) {
        @Override
        public String toString() {
            return "exit " + exit + "\n" + out + err;
        }
    }

    Said types(String... words) {
        List<String> command =
                new ArrayList<>(List.of(Cloud.root().resolve("yado").toString()));
        command.addAll(List.of(words));
        ProcessBuilder yado = new ProcessBuilder(command);
        yado.environment().put("YADO_URL", cloud.admin().url());
        yado.environment()
                .put("YADO_TOKEN_FILE", cloud.state().resolve("admin-token").toString());
        yado.environment().put("XDG_CONFIG_HOME", cloud.state().resolve("tmp").toString());
        yado.environment().remove("YADO_TENANT");
        Path errors = cloud.state().resolve("operator.err");
        yado.redirectError(errors.toFile());
        try {
            Process process = yado.start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            Said said = new Said(exit, out, Files.readString(errors));
            System.out.println("$ yado " + String.join(" ", words) + "\n" + said);
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
