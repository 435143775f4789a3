package dev.yado.image;

import dev.yado.api.generated.model.Image;
import dev.yado.api.generated.model.ImageCreate;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ImageFormat;
import java.time.ZoneOffset;

/** Images as the API reference shows them. */
final class ImageJson {
    private ImageJson() {}

    static ImageRows.Wanted wanted(ImageCreate asked) {
        return new ImageRows.Wanted(
                asked.getName(),
                switch (asked.getFormat()) {
                    case RAW -> ImageFormat.RAW;
                    case QCOW2 -> ImageFormat.QCOW2;
                },
                switch (asked.getArchitecture()) {
                    case X86_64 -> Architecture.X86_64;
                    case AARCH64 -> Architecture.AARCH64;
                },
                asked.getSourceUrl() == null ? null : SourceUrl.parse(asked.getSourceUrl()),
                asked.getSha256());
    }

    static Image of(ImageRow row) {
        return new Image(
                        row.id().value(),
                        row.name(),
                        switch (row.format()) {
                            case RAW -> dev.yado.api.generated.model.ImageFormat.RAW;
                            case QCOW2 -> dev.yado.api.generated.model.ImageFormat.QCOW2;
                        },
                        switch (row.architecture()) {
                            case X86_64 -> Image.ArchitectureEnum.X86_64;
                            case AARCH64 -> Image.ArchitectureEnum.AARCH64;
                        },
                        row.tenant() == null,
                        switch (row.state()) {
                            case PENDING -> Image.StateEnum.PENDING;
                            case IMPORTING -> Image.StateEnum.IMPORTING;
                            case READY -> Image.StateEnum.READY;
                            case FAILED -> Image.StateEnum.FAILED;
                        },
                        row.createdAt().atOffset(ZoneOffset.UTC))
                .tenantId(row.tenant() == null ? null : row.tenant().value())
                .stateReason(row.stateReason())
                .sha256(row.sha256())
                .bytes(row.bytes())
                .virtualSizeBytes(row.virtualSize())
                .sourceUrl(row.sourceUrl())
                .operationId(row.importOperation());
    }
}
