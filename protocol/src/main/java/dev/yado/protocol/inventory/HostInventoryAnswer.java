package dev.yado.protocol.inventory;

/**
 * @param sendContents the controller does not know what is meant by unchanged
 * @param reportFully a full report is wanted, since the rows say something else than this inventory
 */
public record HostInventoryAnswer(boolean sendContents, boolean reportFully) {}
