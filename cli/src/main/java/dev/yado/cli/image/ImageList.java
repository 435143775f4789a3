package dev.yado.cli.image;

import dev.yado.cli.session.Session;
import dev.yado.cli.text.Table;
import dev.yado.cli.text.Words;
import dev.yado.cli.wire.Json;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List images: the tenant's own and those for all tenants.",
        footer = {"", "Example:", "  yado image list"})
public final class ImageList implements Runnable {
    private final Session session;

    public ImageList(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.list("/v1/images", images -> table(images, Instant.now()));
    }

    static Table table(List<Json.Document> images, Instant now) {
        Table table = new Table("NAME", "STATE", "FORMAT", "ARCH", "BYTES", "DISK", "FOR", "AGE", "ID", "REASON");
        for (Json.Document image : images) {
            table.row(
                    image.text("name"),
                    image.text("state"),
                    image.text("format"),
                    image.text("architecture"),
                    size(image, "bytes"),
                    size(image, "virtualSizeBytes"),
                    image.text("public").equals("true") ? "all" : "tenant",
                    Words.age(image.text("createdAt"), now),
                    image.text("id"),
                    image.text("stateReason"));
        }
        return table;
    }

    static String size(Json.Document image, String field) {
        return image.find(field).isPresent() ? Words.bytes(image.number(field)) : "";
    }
}
