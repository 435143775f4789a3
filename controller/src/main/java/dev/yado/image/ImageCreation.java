package dev.yado.image;

import dev.yado.api.Caller;
import dev.yado.operation.Operations;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes images. Apart from {@link Images}, which flows use: this one begins operations and so needs all flows. */
@Service
class ImageCreation {
    private final ImageRows rows;
    private final Operations operations;
    private final TransactionTemplate transactions;

    ImageCreation(ImageRows rows, Operations operations, TransactionTemplate transactions) {
        this.rows = rows;
        this.operations = operations;
        this.transactions = transactions;
    }

    /**
     * With a sourceUrl the import begins in the same transaction.
     *
     * @throws YadoException {@code NAME_TAKEN} with the id of the image that has the name
     */
    ImageRow create(Caller caller, ImageRows.Wanted wanted) {
        TenantId owner = caller.tenant().orElse(null);
        ImageId id = ImageId.random();
        try {
            transactions.executeWithoutResult(_ -> {
                rows.insert(id, owner, wanted);
                if (wanted.sourceUrl() != null) {
                    operations.begin(
                            ImageImports.KIND,
                            owner,
                            id.value(),
                            new ImageImports.Input(wanted.sourceUrl().toString()));
                }
            });
        } catch (DuplicateKeyException taken) {
            throw new YadoException(
                    ErrorCode.NAME_TAKEN,
                    "the image "
                            + rows.findByName(owner, wanted.name())
                                    .map(ImageRow::id)
                                    .orElse(null) + " has the name " + wanted.name(),
                    taken);
        }
        return rows.find(id).orElseThrow(() -> Images.notFound(id));
    }
}
