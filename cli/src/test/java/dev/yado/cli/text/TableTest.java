package dev.yado.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void alignsColumnsAndLeavesOutEmptyOnes() {
        Table table = new Table("NAME", "STATE", "REASON", "ID")
                .row("web", "RUNNING", "", "1")
                .row("database", "STOPPED", "", "22");
        assertThat(table.lines())
                .containsExactly("NAME      STATE    ID", "web       RUNNING  1", "database  STOPPED  22");
    }

    @Test
    void countsCharactersAndNotTheirEncoding() {
        Table table = new Table("A", "B").row("ü😀", "x").row("abcd", "y");
        assertThat(table.lines()).containsExactly("A     B", "ü😀    x", "abcd  y");
    }

    @Test
    void letsNoCellSteerTheTerminal() {
        assertThat(new Table("A").row("x\u001b[31m\r\ny\u0007\u009b2J").lines()).containsExactly("A", "x [31m  y  2J");
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThatThrownBy(() -> new Table("A", "B").row("1")).hasMessage("1 cells for 2 columns");
    }
}
