notices-here = { $name } ist da
notices-left = { $name } ist gegangen
notices-opened = Deine Welt ist offen.
notices-opened-next = Den Link für sie findest du im Menü unter „Freunde einladen“.
notices-no-network-next = Verbinde es mit einem Netz und öffne die Welt neu, dann gibt es einen Link für andere.
notices-muted-lost = Die Liste der Stummgeschalteten ließ sich nicht lesen.
notices-muted-lost-next = Du hörst wieder alle; die alte Liste liegt neben der neuen.
