package dev.yado.network.service;

import dev.yado.network.service.MetadataRequest.Answer;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.HostNetwork;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a guest is answered of itself. It knows one guest at a time: no path leads to another. */
final class MetadataPages {
    private static final String TOKEN = "x-aws-ec2-metadata-token";
    private static final String TOKEN_LIFE = "x-aws-ec2-metadata-token-ttl-seconds";
    private static final Pattern EC2 = Pattern.compile("/(latest|1\\.0|20\\d{2}-\\d{2}-\\d{2})(?:/(.*))?");
    private static final Pattern OPENSTACK =
            Pattern.compile("/openstack/(latest|20\\d{2}-\\d{2}-\\d{2})/([a-z0-9_.]*)");

    private final SessionTokens tokens;

    MetadataPages(SessionTokens tokens) {
        this.tokens = tokens;
    }

    Answer answer(MetadataRequest request, NicId nic, Guest guest, Map<NetworkId, HostNetwork> networks) {
        if (request.forwarded()) {
            return Answer.refusal("403 Forbidden");
        }
        if (request.method().equals("PUT") && request.path().equals("/latest/api/token")) {
            return token(request, nic);
        }
        if (!request.method().equals("GET")) {
            return Answer.refusal("405 Method Not Allowed");
        }
        if (request.header(TOKEN).filter(token -> !tokens.valid(nic, token)).isPresent()) {
            return Answer.refusal("401 Unauthorized");
        }
        List<Wiring> cards = Wiring.of(guest, networks);
        String path = request.path().replaceAll("/{2,}", "/");
        if (path.equals("/")) {
            return Answer.text("1.0\n2009-04-04\n2016-09-02\n2018-09-24\n2021-03-23\nlatest\n");
        }
        if (path.equals("/openstack") || path.equals("/openstack/")) {
            return Answer.text(String.join("\n", OpenStackFiles.VERSIONS));
        }
        Matcher openstack = OPENSTACK.matcher(path);
        if (openstack.matches()) {
            return openStack(openstack.group(2), guest, cards);
        }
        Matcher ec2 = EC2.matcher(path);
        return ec2.matches() ? ec2(ec2.group(2) == null ? "" : ec2.group(2), guest, cards) : Answer.notFound();
    }

    private Answer token(MetadataRequest request, NicId nic) {
        String seconds = request.header(TOKEN_LIFE).orElse("");
        if (!seconds.matches("\\d{1,5}")
                || Integer.parseInt(seconds) < 1
                || Integer.parseInt(seconds) > SessionTokens.LONGEST.toSeconds()) {
            return Answer.refusal("400 Bad Request");
        }
        return Answer.text(tokens.issue(nic, Duration.ofSeconds(Integer.parseInt(seconds))));
    }

    private static Answer ec2(String path, Guest guest, List<Wiring> cards) {
        if (path.equals("user-data")) {
            return guest.userData().map(Answer::bytes).orElseGet(Answer::notFound);
        }
        if (path.isEmpty()) {
            return Answer.text(guest.userData().isPresent() ? "meta-data\nuser-data" : "meta-data");
        }
        SortedMap<String, String> leaves = Ec2Tree.leaves(guest, cards);
        String leaf = leaves.get(path);
        if (leaf != null) {
            return Answer.text(leaf);
        }
        String list = Ec2Tree.list(leaves, guest, path.endsWith("/") ? path : path + "/");
        return list.isEmpty() ? Answer.notFound() : Answer.text(list);
    }

    private static Answer openStack(String file, Guest guest, List<Wiring> cards) {
        return switch (file) {
            case "" -> Answer.text("meta_data.json\nnetwork_data.json\nuser_data\nvendor_data.json\nvendor_data2.json");
            case "meta_data.json" -> json(OpenStackFiles.metaData(guest));
            case "network_data.json" -> json(OpenStackFiles.networkData(cards));
            case "vendor_data.json", "vendor_data2.json" -> json("{}");
            case "user_data" -> guest.userData().map(Answer::bytes).orElseGet(Answer::notFound);
            default -> Answer.notFound();
        };
    }

    private static Answer json(String text) {
        return new Answer("200 OK", "application/json", text.getBytes(StandardCharsets.UTF_8));
    }
}
