package dev.yado.operation;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.OperationsApi;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.OperationCancel;
import dev.yado.api.generated.model.OperationPage;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OperationsController implements OperationsApi {
    private final Operations operations;
    private final CurrentCaller caller;

    OperationsController(Operations operations, CurrentCaller caller) {
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<Operation> getOperation(UUID operationId, Integer waitSeconds) {
        OperationId id = new OperationId(operationId);
        Caller who = caller.get();
        OperationView view = visible(who, id, operations.find(id));
        if (!view.status().ended() && waitSeconds > 0) {
            view = visible(who, id, await(id, Duration.ofSeconds(waitSeconds)));
        }
        return ResponseEntity.ok(OperationJson.of(view, who.isAdministrator()));
    }

    @Override
    public ResponseEntity<OperationPage> listOperations(
            Integer limit, @Nullable String cursor, @Nullable UUID targetId) {
        Caller who = caller.get();
        PageRequest request = PageRequest.of("operations", limit, cursor);
        UUID before = request.after();
        List<OperationView> found = operations.page(
                who.tenant().orElse(null),
                targetId,
                before == null ? null : new OperationId(before),
                request.rowsToRead());
        Page<Operation> page = Page.of(request, found, view -> view.id().value())
                .map(view -> OperationJson.of(view, who.isAdministrator()));
        return ResponseEntity.ok(new OperationPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<OperationCancel> cancelOperation(UUID operationId) {
        OperationId id = new OperationId(operationId);
        Caller who = caller.get();
        visible(who, id, operations.find(id));
        String by = switch (who) {
            case Caller.Administrator _ -> "the administrator";
            case Caller.Tenant tenant -> "tenant " + tenant.id();
        };
        return ResponseEntity.ok(OperationJson.of(operations.cancel(id, by)));
    }

    private Optional<OperationView> await(OperationId id, Duration atMost) {
        try {
            return operations.await(id, atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.UNAVAILABLE, "the controller is shutting down", e);
        }
    }

    private static OperationView visible(Caller caller, OperationId id, Optional<OperationView> found) {
        return found.filter(view -> caller.tenant()
                        .map(tenant -> tenant.equals(view.tenantId()))
                        .orElse(true))
                .orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "operation " + id + " does not exist"));
    }
}
