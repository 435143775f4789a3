/** Commands for routers and floating IPs. */
@NullMarked
package dev.yado.cli.router;

import org.jspecify.annotations.NullMarked;
