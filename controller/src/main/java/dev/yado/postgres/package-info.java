/**
 * Owns the embedded PostgreSQL: its files, its process, its port and its password.
 * Promises a database that outlives a killed controller, comes back within seconds when it dies and is never shared by two controllers.
 * Hides unpacking, users, initdb and postmaster.pid. Asleep when spring.datasource.url names another database.
 */
@NullMarked
package dev.yado.postgres;

import org.jspecify.annotations.NullMarked;
