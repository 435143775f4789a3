package dev.yado.vmmd.store;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.address.Ip;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * Where cards are that have moved since their networks were given to this host: one file in {@code wanted/}. It outlives the daemon; what
 * a power cut takes from it the guests' own journals say again.
 */
public final class MovedCards {
    private static final Logger log = LoggerFactory.getLogger(MovedCards.class);
    private static final TypeReference<List<MovedCard>> ALL = new TypeReference<>() {};

    private final Path file;

    /** @param here it has come to this host; else it has left @param to where it is then; null: that host has no tunnel endpoint */
    public record MovedCard(
            NetworkId network,
            NicId nic,
            boolean here,
            @Nullable Ip to) {}

    public MovedCards(StateDirectory state) throws IOException {
        file = Files.createDirectories(state.root().resolve("wanted")).resolve("moved-cards.json");
    }

    public synchronized List<MovedCard> load() throws IOException {
        try {
            return ProtocolJson.mapper().readValue(Files.readAllBytes(file), ALL);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (JacksonException e) {
            log.error("{} is left as it is: {}", file, e.getOriginalMessage());
            return List.of();
        }
    }

    public synchronized void keep(Collection<MovedCard> cards) throws IOException {
        if (cards.isEmpty()) {
            Files.deleteIfExists(file);
        } else {
            DurableFile.replace(file, ProtocolJson.mapper().writeValueAsBytes(cards), Survives.DAEMON);
        }
    }
}
