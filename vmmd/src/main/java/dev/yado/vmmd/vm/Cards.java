package dev.yado.vmmd.vm;

import dev.yado.kernel.Inheritable;
import dev.yado.network.Attachment;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.vmmd.network.Networks;
import java.util.ArrayList;
import java.util.List;

/** The places of a guest's cards, held until its process has them. Closed without one, they end. */
final class Cards implements AutoCloseable {
    private final List<Attachment> attachments = new ArrayList<>();

    private Cards() {}

    static Cards plugIn(Networks networks, VmSpec spec) {
        Cards cards = new Cards();
        for (NicSpec nic : spec.nics()) {
            try {
                cards.attachments.add(networks.attach(spec, nic));
            } catch (HostRefusal refusal) {
                cards.close();
                throw new YadoException(
                        ErrorCode.NETWORK_NOT_READY,
                        "Card " + nic.mac() + " cannot be plugged in: " + refusal.getMessage(),
                        refusal);
            } catch (RuntimeException e) {
                cards.close();
                throw e;
            }
        }
        return cards;
    }

    /** In the order of the cards. */
    List<Inheritable> taps() {
        return attachments.stream().<Inheritable>map(Attachment::tap).toList();
    }

    @Override
    public void close() {
        attachments.forEach(Attachment::close);
    }
}
