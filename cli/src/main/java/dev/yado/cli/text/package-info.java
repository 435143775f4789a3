/** Owns how things look to people: tables, ages, sizes, and whether anybody is looking. */
@NullMarked
package dev.yado.cli.text;

import org.jspecify.annotations.NullMarked;
