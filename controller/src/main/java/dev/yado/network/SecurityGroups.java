package dev.yado.network;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What callers do with security groups and their rules. Hosts are told in the moments after. */
@Service
public class SecurityGroups {
    /** Of one group. What a packet meets on its way does not grow with it, but what every host is told does. */
    static final int MOST_RULES = 250;

    private final SecurityGroupRows rows;
    private final Quotas quotas;
    private final TransactionTemplate transactions;
    private final TransactionTemplate nested;

    SecurityGroups(SecurityGroupRows rows, Quotas quotas, PlatformTransactionManager transactions) {
        this.rows = rows;
        this.quotas = quotas;
        this.transactions = new TransactionTemplate(transactions);
        // What the database refuses is explained after the refusal, in the same transaction where there is one.
        this.nested = new TransactionTemplate(
                transactions, new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
    }

    /** @throws YadoException {@code NAME_TAKEN}, {@code QUOTA_EXCEEDED} */
    SecurityGroupView create(Caller caller, String name, String description) {
        TenantId tenant = caller.requireTenant();
        return inTransaction(() -> {
            quotas.require(tenant, new Quota.NetworkAmounts(0, 0, 2));
            SecurityGroupId id = SecurityGroupId.random();
            if (!rows.insert(id, tenant, name, description)) {
                throw new YadoException(
                        ErrorCode.NAME_TAKEN,
                        "the name " + name + " is taken by security group "
                                + rows.named(tenant, name)
                                        .map(SecurityGroupId::toString)
                                        .orElse("which is just being deleted"));
            }
            return get(caller, id);
        });
    }

    Page<SecurityGroupView> list(Caller caller, PageRequest page, @Nullable String name) {
        return Page.of(
                page,
                rows.page(caller.tenant().orElse(null), name, page.after(), page.rowsToRead()),
                group -> group.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} also for another tenant's */
    SecurityGroupView get(Caller caller, SecurityGroupId id) {
        return rows.find(id).filter(group -> caller.sees(group.tenant())).orElseThrow(() -> notFound(id));
    }

    /** @throws YadoException {@code IN_USE} with the card or rule that names it, {@code CONFLICT} for the default group */
    void delete(Caller caller, SecurityGroupId id, IfMatch version) {
        inTransaction(() -> {
            SecurityGroupView group = locked(caller, id, version);
            if (group.isDefault()) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "the default group stays: change its rules, or name other groups for cards");
            }
            try {
                nested.executeWithoutResult(_ -> rows.delete(id));
            } catch (DataIntegrityViolationException used) {
                throw new YadoException(
                        ErrorCode.IN_USE,
                        rows.user(id).orElse("a card") + " names the security group " + group.name() + " (" + id + ")",
                        used);
            }
            return id;
        });
    }

    /**
     * @throws YadoException {@code TOO_MANY_RULES}, {@code QUOTA_EXCEEDED}, {@code CONFLICT} for a rule that is there already,
     *     {@code NOT_FOUND} also for a remote group of another tenant
     */
    SecurityRule addRule(Caller caller, SecurityGroupId id, SecurityRule rule, IfMatch version) {
        return inTransaction(() -> {
            SecurityGroupView group = locked(caller, id, version);
            SecurityGroupId remote = rule.remoteGroup();
            if (remote != null
                    && rows.find(remote)
                            .filter(other -> other.tenant().equals(group.tenant()))
                            .isEmpty()) {
                throw notFound(remote);
            }
            if (group.rules().size() >= MOST_RULES) {
                throw new YadoException(
                        ErrorCode.TOO_MANY_RULES,
                        "the security group " + group.name() + " has " + MOST_RULES + " rules, which is the most");
            }
            quotas.require(group.tenant(), new Quota.NetworkAmounts(0, 0, 1));
            if (!rows.insert(group.tenant(), id, rule)) {
                throw new YadoException(
                        ErrorCode.CONFLICT, "the security group " + group.name() + " has exactly this rule already");
            }
            return rule;
        });
    }

    void deleteRule(Caller caller, SecurityGroupId id, UUID rule, IfMatch version) {
        inTransaction(() -> {
            locked(caller, id, version);
            if (!rows.deleteRule(id, rule)) {
                throw new YadoException(
                        ErrorCode.NOT_FOUND, "there is no rule " + rule + " in the security group " + id);
            }
            return id;
        });
    }

    private SecurityGroupView locked(Caller caller, SecurityGroupId id, IfMatch version) {
        rows.lock(id);
        SecurityGroupView group = get(caller, id);
        version.check(group.etag());
        return group;
    }

    private static YadoException notFound(SecurityGroupId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "there is no security group " + id);
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(_ -> work.get()));
    }
}
