package dev.yado.vmmd.inventory;

import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vmmd.inventory.Findings.Sight;
import dev.yado.vmmd.network.Networks;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.vm.Inspection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Networks and routers that are not as they were given, and cards of guests that have lost their place. */
final class NetworkLook {
    private final Networks networks;
    private final Findings findings;

    NetworkLook(Networks networks, Findings findings) {
        this.networks = networks;
        this.findings = findings;
    }

    void look(Map<VmId, Inspection> held, List<Sight> sights) {
        Networks.Look look = networks.look();
        look.healed().forEach(finding -> findings.healed(sight(finding)));
        look.open().forEach(finding -> sights.add(sight(finding)));
        cards(held, sights);
    }

    private static Sight sight(Networks.Finding finding) {
        return new Sight(finding.kind(), null, finding.object(), finding.wanted(), finding.real());
    }

    private void cards(Map<VmId, Inspection> held, List<Sight> sights) {
        Set<NicId> pluggedIn = networks.cards();
        held.forEach((id, inspection) -> {
            VmSpec spec = inspection.memory().spec();
            QemuProcess process = inspection.process();
            if (spec == null || process == null || inspection.busy() || !process.alive()) {
                return;
            }
            for (NicSpec nic : spec.nics()) {
                if (!pluggedIn.contains(nic.id())) {
                    sights.add(new Sight(
                            DriftKind.CARD_UNPLUGGED,
                            id,
                            "card " + nic.id(),
                            "plugged in to network " + nic.network(),
                            "not plugged in"));
                }
            }
        });
    }
}
