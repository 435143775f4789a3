package dev.yado.cli.vm;

import dev.yado.cli.session.Names;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network cards of a new VM, and what its guest is told of itself. */
final class GuestOptions {
    @Option(
            names = "--nic",
            paramLabel = "network=NET[,address=…][,group=…]",
            converter = NicOption.Converter.class,
            description = {
                "A network card; also mac=MAC, and in=KBITS and out=KBITS as limits.",
                "May be repeated, and so may group= in one."
            })
    private List<NicOption> nics = new ArrayList<>();

    @Option(names = "--hostname", paramLabel = "NAME", description = "What the guest is called; default: made of NAME.")
    private @Nullable String hostname;

    @Option(
            names = "--ssh-key",
            paramLabel = "FILE",
            description = "Public keys that may log in, one a line. May be repeated.")
    private List<Path> sshKeys = new ArrayList<>();

    @Option(
            names = "--user-data",
            paramLabel = "FILE",
            description = "For the guest's first boot, such as #cloud-config.")
    private @Nullable Path userData;

    Json.Document in(Json.Document vm, Names names) {
        Json.Document body = vm;
        if (!nics.isEmpty()) {
            body = body.with(
                    "nics",
                    new Json.Array(
                            nics.stream().<Json>map(nic -> card(nic, names)).toList()));
        }
        body = hostname == null ? body : body.with("hostname", hostname);
        if (!sshKeys.isEmpty()) {
            body = body.with(
                    "sshKeys",
                    new Json.Array(keys().stream().<Json>map(Json.Text::new).toList()));
        }
        return userData == null
                ? body
                : body.with("userDataBase64", Base64.getEncoder().encodeToString(read(userData)));
    }

    private static Json.Document card(NicOption option, Names names) {
        Json.Document card = new Json.Document().with("networkId", names.network(option.network()));
        card = option.address().isPresent()
                ? card.with("address", option.address().get())
                : card;
        card = option.mac().isPresent() ? card.with("mac", option.mac().get()) : card;
        if (!option.groups().isEmpty()) {
            card = card.with(
                    "securityGroupIds",
                    new Json.Array(option.groups().stream()
                            .<Json>map(group -> new Json.Text(names.securityGroup(group)))
                            .toList()));
        }
        Json.Document qos = new Json.Document();
        qos = option.inKbits().isPresent()
                ? qos.with("inKbits", option.inKbits().get())
                : qos;
        qos = option.outKbits().isPresent()
                ? qos.with("outKbits", option.outKbits().get())
                : qos;
        return qos.fields().isEmpty() ? card : card.with("qos", qos);
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (Path file : sshKeys) {
            new String(read(file), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .forEach(keys::add);
        }
        return keys;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw Failure.usage("cannot read " + file + ": " + failure.getMessage(), "Check its name and its mode.");
        }
    }
}
