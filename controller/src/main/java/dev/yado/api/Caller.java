package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a call. Services take it as an argument and answer {@code NOT_FOUND} for what it does not see, so that nobody learns
 * which objects another tenant has.
 */
public sealed interface Caller {

    /** @param actingFor the tenant that the header X-Yado-Tenant names: the administrator then sees and makes that tenant's objects */
    record Administrator(@Nullable TenantId actingFor) implements Caller {}

    record Tenant(TenantId id) implements Caller {}

    /** The one tenant whose objects the caller sees; empty: it sees all. */
    default Optional<TenantId> tenant() {
        return switch (this) {
            case Administrator administrator -> Optional.ofNullable(administrator.actingFor());
            case Tenant tenant -> Optional.of(tenant.id());
        };
    }

    /** True for the objects of {@link #tenant()}; objects without owner are for all tenants. */
    default boolean sees(@Nullable TenantId owner) {
        return owner == null || tenant().map(owner::equals).orElse(true);
    }

    /** True where it may change what belongs to {@code owner}; what has no owner belongs to the administrator. */
    default boolean mayChange(@Nullable TenantId owner) {
        return owner == null ? isAdministrator() : sees(owner);
    }

    default boolean isAdministrator() {
        return this instanceof Administrator;
    }

    /** @throws YadoException {@code TENANT_REQUIRED} when an administrator acts for no tenant */
    default TenantId requireTenant() {
        return tenant().orElseThrow(() -> new YadoException(
                ErrorCode.TENANT_REQUIRED,
                "this call makes an object of a tenant: name the tenant with the header X-Yado-Tenant"));
    }

    /** The same, for what is made of an object of a tenant, which it sees: an administrator makes it for that tenant. */
    default Caller makingFor(TenantId owner) {
        return switch (this) {
            case Administrator _ -> new Administrator(owner);
            case Tenant tenant -> tenant;
        };
    }

    /** @throws YadoException {@code FORBIDDEN} for a tenant's token */
    default void requireAdministrator() {
        if (!isAdministrator()) {
            throw new YadoException(ErrorCode.FORBIDDEN, "this call is for the administrator, the token is a tenant's");
        }
    }
}
