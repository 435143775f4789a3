package dev.yado.cli.image;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Facts;
import dev.yado.cli.wire.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show one image.",
        footer = {"", "Example:", "  yado image show debian-13"})
public final class ImageShow implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "Name or id.")
    private String image = "";

    public ImageShow(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.show(session.api().get("/v1/images/" + session.names().image(image)), this::facts);
    }

    private void facts(Json.Document image) {
        new Facts()
                .add("name", image.text("name"))
                .add("id", image.text("id"))
                .add("state", image.text("state"))
                .add("reason", image.text("stateReason"))
                .add("format", image.text("format"))
                .add("architecture", image.text("architecture"))
                .add("content", ImageList.size(image, "bytes"))
                .add("disk size", ImageList.size(image, "virtualSizeBytes"))
                .add("sha256", image.text("sha256"))
                .add("source", image.text("sourceUrl"))
                .add("import", image.text("operationId"))
                .add("for", image.text("public").equals("true") ? "all tenants" : "tenant " + image.text("tenantId"))
                .add("created", image.text("createdAt"))
                .show(session.screen());
    }
}
