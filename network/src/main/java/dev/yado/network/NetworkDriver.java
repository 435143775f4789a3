package dev.yado.network;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import java.util.List;
import java.util.Map;

/**
 * Carries networks on this host. It remembers nothing that it could not read from the host: what is wanted comes with each call,
 * whole, and the caller keeps it and decides on generations. Every call may come from any thread, is idempotent and looks at the
 * host before it changes anything; calls on one network wait for each other, those on different ones do not.
 *
 * <p>What does not work on the host is an answer, not an exception: {@link Applied#problem}, a sentence for people.
 */
public interface NetworkDriver extends AutoCloseable {

    /** Cheap enough for each heartbeat. */
    NetworkFacts facts();

    /**
     * Makes the network here, or changes what differs from {@code network}, and returns when it is enforced for all ports that are
     * here. Running guests go on unless what they do is no longer allowed.
     */
    Applied apply(HostNetwork network);

    /**
     * Takes the network off the host with all that is in it; a guest that still has a card in it loses it. Nothing of it is left
     * when the answer has no problem. A network that is not there is removed already.
     */
    Applied remove(NetworkId network);

    /**
     * Makes the place where a guest's card is plugged in. The port is one of {@code network}'s, which has been {@linkplain #apply
     * applied}; its rules are enforced before the first packet can pass.
     *
     * @throws HostRefusal {@link ErrorCode#CONFLICT} while a process holds the card's place, {@link ErrorCode#NOT_FOUND} when the
     *     network has no such port or is not on this host, {@link ErrorCode#INTERNAL} when the host does not do it
     */
    Attachment attach(HostNetwork network, NicId nic);

    /** Unplugs the card if it is plugged in, also from a process that holds it. */
    void detach(NetworkId network, NicId nic);

    /**
     * A guest has come, or comes in this moment: from now on packets for this card reach it here. Made for the time in which the guest
     * is held, so it does nothing else; {@link #apply} is to follow with the same network.
     *
     * @param network as it is wanted from now on: the port is here and not arriving
     * @throws HostRefusal as for {@link #attach}
     */
    void arrived(HostNetwork network, NicId nic);

    /**
     * The opposite: from now on packets for this card, also those that other hosts still send here, go to where {@code network} says that
     * it is. As quick and as little; {@link #apply} is to follow.
     *
     * @param network as it is wanted from now on: the port is not here
     * @throws HostRefusal as for {@link #attach}
     */
    void departed(HostNetwork network, NicId nic);

    /**
     * The connections of a card that is here, as far as the host tracks any.
     *
     * @throws HostRefusal as for {@link #attach}
     */
    List<MovedFlow> flows(HostNetwork network, NicId nic);

    /**
     * Has the connections known that the card had elsewhere, so that what is sent in them is not taken for the beginning of another one. They
     * are judged by the rules of this host all the same. Others than this card's are passed over.
     *
     * @throws HostRefusal as for {@link #attach}
     */
    void admit(HostNetwork network, NicId nic, List<MovedFlow> flows);

    /** Makes this host the gateway of the router, or changes what differs; its networks have been applied before. */
    Applied apply(HostRouter router);

    /** Takes the router off the host with its addresses. */
    Applied remove(RouterId router);

    /** What the host carries now, whoever asked for it. */
    Carried carried();

    /** What {@link #apply(HostNetwork)} would change now. Changes nothing. */
    List<Difference> differences(HostNetwork wanted);

    /** What {@link #apply(HostRouter)} would change now. Changes nothing. */
    List<Difference> differences(HostRouter wanted);

    /** Of all cards that are plugged in, counted from when they were. */
    Map<NicId, PortCounters> counters();

    /** What becomes of a packet here. @param wanted the network of the question, as it was applied last */
    PacketTrace.Answer trace(PacketTrace.Question question, HostNetwork wanted);

    /** Ends what serves the networks from inside this process. The networks stay, and guests' packets go on. */
    @Override
    void close();
}
