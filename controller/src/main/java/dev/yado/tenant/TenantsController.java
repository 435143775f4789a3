package dev.yado.tenant;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Etag;
import dev.yado.api.Idempotency;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.TenantsApi;
import dev.yado.api.generated.model.Tenant;
import dev.yado.api.generated.model.TenantCreate;
import dev.yado.api.generated.model.TenantPage;
import dev.yado.api.generated.model.Token;
import dev.yado.api.generated.model.TokenCreate;
import dev.yado.api.generated.model.TokenPage;
import dev.yado.api.generated.model.TokenSecret;
import dev.yado.protocol.TenantId;
import java.net.URI;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class TenantsController implements TenantsApi {
    private final Tenants tenants;
    private final Tokens tokens;
    private final CurrentCaller caller;

    TenantsController(Tenants tenants, Tokens tokens, CurrentCaller caller) {
        this.tenants = tenants;
        this.tokens = tokens;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Tenant> createTenant(TenantCreate asked) {
        Tenants.View made = tenants.create(caller.get(), asked.getName());
        return ResponseEntity.created(URI.create("/v1/tenants/" + made.id())).body(json(made));
    }

    @Override
    public ResponseEntity<TenantPage> listTenants(Integer limit, @Nullable String cursor) {
        Page<Tenant> page = tenants.list(caller.get(), PageRequest.of("tenants", limit, cursor))
                .map(TenantsController::json);
        return ResponseEntity.ok(new TenantPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Tenant> getTenant(UUID tenantId) {
        Tenants.View tenant = tenants.get(caller.get(), new TenantId(tenantId));
        return ResponseEntity.ok().eTag(Etag.of(tenant).text()).body(json(tenant));
    }

    @Override
    public ResponseEntity<Void> deleteTenant(UUID tenantId, @Nullable String ifMatch) {
        tenants.delete(caller.get(), new TenantId(tenantId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<TokenSecret> createToken(UUID tenantId, TokenCreate asked) {
        Idempotency.answerHoldsSecret();
        Tokens.Made made = tokens.create(caller.get(), new TenantId(tenantId), asked.getName());
        Tokens.View view = made.view();
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(new TokenSecret(
                        view.id(),
                        view.name(),
                        view.createdAt().atOffset(ZoneOffset.UTC),
                        made.token().reveal()));
    }

    @Override
    public ResponseEntity<TokenPage> listTokens(UUID tenantId, Integer limit, @Nullable String cursor) {
        Page<Token> page = tokens.list(caller.get(), new TenantId(tenantId), PageRequest.of("tokens", limit, cursor))
                .map(view -> new Token(view.id(), view.name(), view.createdAt().atOffset(ZoneOffset.UTC)));
        return ResponseEntity.ok(new TokenPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<Void> deleteToken(UUID tenantId, UUID tokenId) {
        tokens.revoke(caller.get(), new TenantId(tenantId), tokenId);
        return ResponseEntity.noContent().build();
    }

    private static Tenant json(Tenants.View view) {
        return new Tenant(view.id().value(), view.name(), view.createdAt().atOffset(ZoneOffset.UTC));
    }
}
