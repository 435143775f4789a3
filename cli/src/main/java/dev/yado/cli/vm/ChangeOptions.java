package dev.yado.cli.vm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What ties a change to what was seen before it. */
final class ChangeOptions {
    @Option(names = "--plan", description = "Change nothing: show what would be done, taken, and in the way.")
    private boolean plan;

    @Option(
            names = "--plan-token",
            paramLabel = "TOKEN",
            description = "Do what this plan says, or nothing. A plan shows its token.")
    private @Nullable String planToken;

    @Option(
            names = "--if-match",
            paramLabel = "ETAG",
            description = "Only if the VM still is as it was read: 'yado vm show' shows its ETag.")
    private @Nullable String ifMatch;

    boolean planOnly() {
        return plan;
    }

    String query() {
        return plan ? "?dryRun=plan" : "";
    }

    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        if (planToken != null) {
            headers.put("X-Yado-Plan", planToken);
        }
        if (ifMatch != null) {
            headers.put("If-Match", ifMatch);
        }
        return headers;
    }
}
