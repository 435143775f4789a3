/** The yado command. Knows the HTTP API and nothing else of Yado; starts quickly, because it is started often. */
@NullMarked
package dev.yado.cli;

import org.jspecify.annotations.NullMarked;
