package dev.yado.image;

/**
 * Where an image stands.
 *
 * <pre>
 * PENDING ---upload---> READY
 * IMPORTING --import--> READY | FAILED
 * </pre>
 *
 * A refused upload leaves it PENDING with the reason. READY is for ever.
 */
enum ImageState {
    PENDING,
    IMPORTING,
    READY,
    FAILED
}
