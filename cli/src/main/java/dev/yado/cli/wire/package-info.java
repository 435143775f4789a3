/** Owns the way to the API: requests, answers, problems and what they mean for the exit code. Quick to load: no data binding, no HttpClient. */
@NullMarked
package dev.yado.cli.wire;

import org.jspecify.annotations.NullMarked;
