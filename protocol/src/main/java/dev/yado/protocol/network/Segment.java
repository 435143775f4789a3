package dev.yado.protocol.network;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What carries the packets of a network from host to host. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Segment.Overlay.class, name = "OVERLAY"),
    @JsonSubTypes.Type(value = Segment.Flat.class, name = "FLAT"),
    @JsonSubTypes.Type(value = Segment.Vlan.class, name = "VLAN")
})
public sealed interface Segment {

    /** A tunnel between the hosts. @param vni 1 to 16777215, one network's alone */
    record Overlay(int vni) implements Segment {}

    /** The data centre's own network, untagged. @param provider the name by which hosts know their way to it */
    record Flat(String provider) implements Segment {}

    /** The same with a tag of 1 to 4094. */
    record Vlan(String provider, int tag) implements Segment {}
}
