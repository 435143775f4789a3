package dev.yado.network.linux;

import dev.yado.network.Difference;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.util.List;

/**
 * A part of what makes a network on a host, besides its devices. The driver calls the parts in their order, for one network one call
 * at a time; a part reads what is there, changes only what differs, and says so. An IOException's message becomes the problem that
 * the controller sees: it is a sentence.
 */
public interface NetworkPart {

    /**
     * Makes the part as the network wants it. The bridge, its addresses and the devices of the cards that are plugged in are there;
     * cards may come and go later without another call, except of {@link #plug}.
     *
     * @return what was changed
     */
    List<Difference> apply(Ground ground, HostNetwork network) throws IOException;

    /** What {@link #apply} would change now. */
    List<Difference> differences(Ground ground, HostNetwork network) throws IOException;

    /** A card's device has been made: it is down and becomes a port of the bridge when this has returned for all parts. */
    void plug(Ground ground, HostNetwork network, Port port, String device) throws IOException;

    /**
     * A card has come or gone just now, as its place in the network says. Only what cannot wait for {@link #apply}, which follows: guests wait
     * for this. May be called while another call is under way.
     */
    default void moved(Ground ground, HostNetwork network, Port port) throws IOException {}

    /** The network goes: ends what runs. What is in the namespace alone ends with it. Called also when {@link #apply} never was. */
    void remove(NetworkId network, Ground ground) throws IOException;

    /** The hops of this part, in the order in which the packet passes; most have none. */
    default List<PacketTrace.Hop> trace(Ground ground, HostNetwork network, PacketTrace.Question question)
            throws IOException {
        return List.of();
    }

    /** Ends what this part keeps in this process. Networks and processes of their own stay. */
    default void close() {}
}
