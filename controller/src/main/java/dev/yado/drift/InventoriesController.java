package dev.yado.drift;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.HostInventoryAnswer;
import java.util.UUID;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Where hosts tell what they found. */
@RestController
class InventoriesController {
    private final HostInventories inventories;

    InventoriesController(HostInventories inventories) {
        this.inventories = inventories;
    }

    @PutMapping("/internal/v1/hosts/{hostId}/inventory")
    HostInventoryAnswer put(@PathVariable UUID hostId, @RequestBody HostInventory inventory) {
        if (!inventory.hostId().value().equals(hostId)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the inventory is of host " + inventory.hostId() + ", the address of " + hostId);
        }
        return inventories.accept(inventory);
    }
}
