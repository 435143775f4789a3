package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Network cards and their addresses. They are taken in the transaction that makes the VM, and free when its row is gone, which is
 * after its host has acknowledged that nothing of it is left.
 */
@Service
public class Nics {
    private final NicRows rows;
    private final Networks networks;
    private final SecurityGroups groups;
    private final Quotas quotas;
    private final TransactionTemplate transactions;

    Nics(NicRows rows, Networks networks, SecurityGroups groups, Quotas quotas, TransactionTemplate transactions) {
        this.rows = rows;
        this.networks = networks;
        this.groups = groups;
        this.quotas = quotas;
        this.transactions = transactions;
    }

    /**
     * What is in the way of these cards, as far as is seen before anything is taken: {@code NOT_FOUND}, {@code CONFLICT},
     * {@code ADDRESS_OUTSIDE_SUBNET}, {@code QUOTA_EXCEEDED}.
     */
    public List<YadoException> problems(Caller caller, List<NewNic> asked) {
        List<YadoException> problems = new ArrayList<>();
        Map<NetworkId, NetworkView> known = new HashMap<>();
        for (int i = 0; i < asked.size(); i++) {
            try {
                check(caller, "nics[" + i + "]", asked.get(i), known);
            } catch (YadoException problem) {
                problems.add(problem);
            }
        }
        return problems;
    }

    private void check(Caller caller, String field, NewNic nic, Map<NetworkId, NetworkView> known) {
        NetworkView network = known.computeIfAbsent(nic.network(), id -> networks.get(caller, id));
        if (network.tenant() == null && !network.shared()) {
            throw new YadoException(
                    ErrorCode.FORBIDDEN,
                    field + ": the network " + network.name()
                            + " of the data centre is not for cards of VMs: give the VM a"
                            + " network of the tenant and that a router");
        }
        if (network.subnets().isEmpty()) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    field + ": the network " + network.name()
                            + " has no subnet, so a card in it would have no address");
        }
        Ip address = nic.address();
        if (address != null
                && network.subnets().stream().noneMatch(subnet -> subnet.cidr().contains(address))) {
            throw new YadoException(
                    ErrorCode.ADDRESS_OUTSIDE_SUBNET,
                    field + ".address: " + address + " lies in no subnet of the network " + network.name() + ": "
                            + network.subnets().stream()
                                    .map(subnet -> subnet.cidr().toString())
                                    .collect(Collectors.joining(", ")));
        }
        nic.groups().forEach(group -> requireOwn(groups.get(caller, group), caller.requireTenant()));
    }

    private static void requireOwn(SecurityGroupView group, TenantId tenant) {
        if (!group.tenant().equals(tenant)) {
            throw new YadoException(ErrorCode.NOT_FOUND, "there is no security group " + group.id());
        }
    }

    /**
     * In the caller's transaction, after {@link #problems} found none.
     *
     * @throws YadoException {@code ADDRESS_TAKEN}, {@code ADDRESS_RESERVED}, {@code ADDRESSES_EXHAUSTED}, {@code MAC_TAKEN},
     *     {@code QUOTA_EXCEEDED}, {@code NOT_FOUND} for what has gone at the same moment
     */
    public void attach(Caller caller, TenantId tenant, VmId vm, List<NewNic> asked) {
        Map<NetworkId, NetworkView> known = new LinkedHashMap<>();
        asked.forEach(nic -> known.computeIfAbsent(nic.network(), id -> networks.get(caller, id)));
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            NewNic nic = asked.get(i);
            NicId id = NicId.random();
            insert(id, tenant, vm, i, nic);
            wishes.addAll(wishes(i, id, nic, Objects.requireNonNull(known.get(nic.network()))));
        }
        quotas.require(tenant, new Quota.NetworkAmounts(0, wishes.size(), 0));
        // In one order, so that two that take of the same subnets wait for each other and neither dies.
        wishes.stream()
                .sorted(Comparator.comparing(
                        wish -> wish.subnets().getFirst().id().value()))
                .forEach(wish -> take(tenant, wish));
    }

    private void insert(NicId id, TenantId tenant, VmId vm, int index, NewNic nic) {
        if (!rows.insert(id, tenant, vm, index, nic.network(), nic.mac())) {
            throw new YadoException(
                    ErrorCode.MAC_TAKEN,
                    "nics[" + index + "].mac: another card of the network " + nic.network() + " has " + nic.mac());
        }
        if (nic.qos() != null) {
            rows.limit(id, nic.qos());
        }
        if (rows.join(id, tenant, nic.network(), nic.groups())
                < Math.max(1, nic.groups().size())) {
            throw new YadoException(
                    ErrorCode.NOT_FOUND, "nics[" + index + "]: one of its security groups has just been removed");
        }
    }

    /** An address of one family for a card, of the first of these subnets that has one. */
    private record Wish(
            int index,
            NicId nic,
            NetworkView network,
            @Nullable Ip asked,
            List<SubnetView> subnets) {}

    private static List<Wish> wishes(int index, NicId id, NewNic nic, NetworkView network) {
        Ip asked = nic.address();
        List<Wish> wishes = new ArrayList<>();
        for (boolean v6 : new boolean[] {false, true}) {
            boolean named = asked != null && asked.v6() == v6;
            List<SubnetView> subnets = network.subnets().stream()
                    .filter(subnet -> subnet.cidr().v6() == v6)
                    .filter(subnet ->
                            asked == null || asked.v6() != v6 || subnet.cidr().contains(asked))
                    .toList();
            if (!subnets.isEmpty()) {
                wishes.add(new Wish(index, id, network, named ? asked : null, subnets));
            }
        }
        return wishes;
    }

    private void take(TenantId tenant, Wish wish) {
        for (SubnetView subnet : wish.subnets()) {
            switch (rows.takeAddress(subnet.id(), wish.nic(), wish.asked(), tenant)) {
                case TAKEN_NOW -> {
                    return;
                }
                case EXHAUSTED -> {
                    // The next subnet may have one.
                }
                case NO_SUBNET ->
                    throw new YadoException(
                            ErrorCode.CONFLICT, "the subnet " + subnet.cidr() + " has just been removed");
                case OUTSIDE, RESERVED ->
                    throw new YadoException(
                            ErrorCode.ADDRESS_RESERVED,
                            "nics[" + wish.index() + "].address: " + wish.asked() + " is kept in " + subnet.cidr()
                                    + ", for the network itself, its gateway "
                                    + subnet.cidr().address().plus(1)
                                    + " or its services " + subnet.service());
                case TAKEN ->
                    throw new YadoException(
                            ErrorCode.ADDRESS_TAKEN,
                            "nics[" + wish.index() + "].address: "
                                    + rows.holder(wish.network().id(), Objects.requireNonNull(wish.asked())) + " has "
                                    + wish.asked());
            }
        }
        throw new YadoException(
                ErrorCode.ADDRESSES_EXHAUSTED,
                "nics[" + wish.index() + "]: no address is free in "
                        + wish.subnets().stream()
                                .map(subnet -> subnet.cidr().toString())
                                .collect(Collectors.joining(", "))
                        + " of the network " + wish.network().name());
    }

    /** What the networks of these cards need of a host. Says nothing of networks that are not there. */
    public NetworkNeeds needs(List<NewNic> asked) {
        return rows.needs(asked.stream().map(NewNic::network).toList());
    }

    /** What the networks of the VM's cards need of a host. */
    public NetworkNeeds needs(VmId vm) {
        return rows.needs(networksOf(vm));
    }

    public Set<NetworkId> networksOf(VmId vm) {
        return rows.networksOf(vm);
    }

    /** The cards of these VMs in the order of their bus addresses, without their groups. */
    public Map<VmId, List<NicView>> ofVms(Collection<VmId> vms) {
        return vms.isEmpty() ? Map.of() : rows.ofVms(vms).stream().collect(Collectors.groupingBy(NicView::vm));
    }

    Page<NicView> list(Caller caller, PageRequest page, @Nullable NetworkId network) {
        return Page.of(
                page,
                rows.page(caller.tenant().orElse(null), network, page.after(), page.rowsToRead()),
                nic -> nic.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    NicView get(Caller caller, NicId id) {
        return rows.find(id)
                .filter(nic -> caller.sees(nic.tenant()))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "there is no network card " + id));
    }

    /** Also while its VM runs; its host is told in the moments after. */
    NicView change(Caller caller, NicId id, List<SecurityGroupId> asked, @Nullable Qos qos, IfMatch version) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            rows.lock(id);
            NicView nic = get(caller, id);
            version.check(nic.etag());
            asked.forEach(group -> requireOwn(groups.get(caller, group), nic.tenant()));
            rows.leave(id, asked);
            rows.join(id, nic.tenant(), nic.network(), asked);
            rows.limit(id, qos == null ? new Qos(null, null) : qos);
            return get(caller, id);
        }));
    }
}
