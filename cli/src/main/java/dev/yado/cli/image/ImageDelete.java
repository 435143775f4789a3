package dev.yado.cli.image;

import dev.yado.cli.session.Format;
import dev.yado.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Remove an image that no VM uses. It does not ask.",
        footer = {"", "Example:", "  yado image delete debian-12"})
public final class ImageDelete implements Runnable {
    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "Name or id.")
    private String image = "";

    public ImageDelete(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.api().delete("/v1/images/" + session.names().image(image));
        if (session.format() == Format.TABLE) {
            session.screen().answer("image " + image + " is gone");
        }
    }
}
