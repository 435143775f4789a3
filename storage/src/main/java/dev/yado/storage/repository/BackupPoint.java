package dev.yado.storage.repository;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/**
 * What a backup shows.
 *
 * @param takenAt the instant of all its disks
 * @param consistency a label for people and programs, such as {@code FILE_SYSTEM}
 * @param spec what is needed to make such a VM again; encrypted in an encrypted repository
 */
public record BackupPoint(Instant takenAt, String consistency, JsonNode spec) {}
