package dev.yado.vmmd.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.vmmd.store.MovedCards;
import dev.yado.vmmd.store.MovedCards.MovedCard;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cards that have come or gone, where the controller's word is older than that. What the controller wants of a network is read with
 * these in it: a card that has come is here until a generation says so itself, or says that it is elsewhere; one that has gone is where
 * it went until a generation says where it is, and for a while longer what comes for it is relayed, since other hosts may hear of that
 * generation later than this one.
 *
 * <p>Relaying cannot go in a circle: a host that a card comes back to is told so ({@code arriving}) before it can leave the other one,
 * and relays no more from then on. So each host that relays sends to one that the card was on later.
 */
final class Moves {
    private static final Logger log = LoggerFactory.getLogger(Moves.class);

    static final Duration RELAYED_AFTER = Duration.ofSeconds(60);

    private final MovedCards store;
    private final LongSupplier nanos;
    private final Map<NicId, Move> moves = new ConcurrentHashMap<>();

    /** @param until when relaying ends, on the clock; null: no generation has told the card's place yet */
    private record Move(MovedCard card, @Nullable Long until) {}

    Moves(MovedCards store, LongSupplier nanos) throws IOException {
        this.store = store;
        this.nanos = nanos;
        store.load().forEach(card -> moves.put(card.nic(), new Move(card, null)));
    }

    /** Not kept yet when it returns: {@link #keep} follows when the guest need not wait for it. */
    void arrived(NetworkId network, NicId nic) {
        moves.put(nic, new Move(new MovedCard(network, nic, true, null), null));
    }

    void departed(NetworkId network, NicId nic, @Nullable Ip to) {
        moves.put(nic, new Move(new MovedCard(network, nic, false, to), null));
    }

    /** It is wherever its network says. */
    void forget(NicId nic) {
        moves.remove(nic);
    }

    void forgetAllOf(NetworkId network) {
        moves.values().removeIf(move -> move.card.network().equals(network));
    }

    void keep() {
        try {
            store.keep(moves.values().stream().map(Move::card).toList());
        } catch (IOException e) {
            log.error("which cards have moved cannot be written down: {}", e.getMessage());
        }
    }

    /** What the network says now of its cards' places need not be remembered. */
    void told(HostNetwork network) {
        moves.replaceAll((nic, move) -> {
            boolean settled = move.card.network().equals(network.id()) && move.until == null;
            return settled && told(move.card, place(network.ports(), nic))
                    ? new Move(move.card, nanos.getAsLong() + RELAYED_AFTER.toNanos())
                    : move;
        });
        boolean changed = moves.entrySet().removeIf(each -> {
            Move move = each.getValue();
            Port.Place place = place(network.ports(), each.getKey());
            return move.card.network().equals(network.id())
                    && move.until != null
                    && (move.card.here() || place == null || place.here());
        });
        if (changed) {
            keep();
        }
    }

    private static boolean told(MovedCard card, Port.@Nullable Place place) {
        if (place == null) {
            return true;
        }
        return card.here() ? !place.arriving() : place.arriving() || !place.here();
    }

    /** The networks of cards that are relayed no more from now on. */
    Set<NetworkId> ended() {
        Set<NetworkId> networks = new HashSet<>();
        for (Move move : moves.values()) {
            if (over(move)) {
                networks.add(move.card.network());
            }
        }
        if (moves.values().removeIf(this::over)) {
            keep();
        }
        return networks;
    }

    private boolean over(Move move) {
        return move.until != null && nanos.getAsLong() - move.until >= 0;
    }

    private static Port.@Nullable Place place(Collection<Port> ports, NicId nic) {
        for (Port port : ports) {
            if (port.id().equals(nic)) {
                return port.place();
            }
        }
        return null;
    }

    /** What is wanted, with the cards where they are. */
    HostNetwork in(HostNetwork network) {
        if (moves.values().stream().noneMatch(move -> move.card.network().equals(network.id()))) {
            return network;
        }
        return new HostNetwork(
                network.id(),
                network.tenantId(),
                network.name(),
                network.generation(),
                network.segment(),
                network.mtu(),
                network.subnets(),
                network.ports().stream().map(this::moved).toList(),
                network.groups(),
                network.groupMembers());
    }

    private Port moved(Port port) {
        Move move = moves.get(port.id());
        Port.Place place = port.place();
        if (move == null || place == null || over(move)) {
            return port;
        }
        if (move.card.here()) {
            return place.arriving() ? port.at(new Port.Place(true, null)) : port;
        }
        if (place.arriving() || place.here() && move.until != null) {
            return port;
        }
        Ip to = place.here() ? move.card.to() : place.tunnelEndpoint();
        return port.at(new Port.Place(false, to, false, to != null));
    }
}
