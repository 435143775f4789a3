/** The controller: tenants, VMs, images and hosts in PostgreSQL, an API in front of them, durable operations behind them. */
@NullMarked
package dev.yado;

import org.jspecify.annotations.NullMarked;
