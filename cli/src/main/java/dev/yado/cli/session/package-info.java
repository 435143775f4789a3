/** Owns what all commands share: global options, the configuration file, names to ids, the forms of output, waiting for operations. */
@NullMarked
package dev.yado.cli.session;

import org.jspecify.annotations.NullMarked;
