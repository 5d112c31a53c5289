# shellcheck shell=sh disable=SC2154 # the scripts that read it set $work
# Hosts for tests, on this machine: each is an ssh server on a free port of 127.0.0.1, with processes
# of its own, which all end when the host does. Read by scripts that run from the top folder. Keys,
# logs and the like are in $work/hosts, whose name has no space; nothing is left elsewhere.

# Says what is missing; nothing if hosts can be had.
why_no_hosts() {
    for tool in ssh sshd ssh-keygen parallel; do
        PATH=$PATH:/usr/sbin command -v $tool >/dev/null ||
            { echo "$tool is not installed (apt-get install openssh-client openssh-server parallel)"; return; }
    done
    [ "$(id -u)" = 0 ] || { echo 'only root can start them'; return; }
    unshare --pid --mount --fork true 2>/dev/null || echo 'no namespaces can be made here'
}

# Starts host $1, 1 or 2 and so on, and adds it to the file $work/hosts/list, as HOSTS= wants it.
start_host() {
    hosts=$work/hosts
    mkdir -p "$hosts"
    [ -d /run/sshd ] || { mkdir -p /run/sshd && made_run=1; }
    [ -e "$hosts/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$hosts/key" || return
    while :; do
        port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 40000) }')
        cat >"$hosts/sshd.$1" <<TEXT
Port $port
ListenAddress 127.0.0.1
HostKey $hosts/key
AuthorizedKeysFile $hosts/key.pub
PermitRootLogin prohibit-password
PidFile none
UsePAM no
StrictModes no
MaxStartups 100
TEXT
        rm -f "$hosts/log.$1" && mkfifo "$hosts/log.$1" || return
        unshare --pid --mount --mount-proc --fork --kill-child /usr/sbin/sshd -D -e -f "$hosts/sshd.$1" \
            2>"$hosts/log.$1" &
        host_pid=$!
        # Its first words say whether the port was free. The rest goes to a file.
        exec 8<"$hosts/log.$1"
        read -r words <&8 || words='nothing'
        case $words in
        *listening*) break ;;
        *'in use'*) wait "$host_pid"; exec 8<&- ;;
        *) echo "host $1: $words" >&2; exec 8<&-; return 1 ;;
        esac
    done
    cat <&8 >"$hosts/said.$1" &
    exec 8<&-
    printf 'Host host%s\n HostName 127.0.0.1\n Port %s\n User %s\n IdentityFile %s\n' "$1" "$port" "$(id -un)" "$hosts/key" \
        >>"$hosts/ssh"
    printf ' IdentitiesOnly yes\n UserKnownHostsFile /dev/null\n StrictHostKeyChecking no\n LogLevel ERROR\n' >>"$hosts/ssh"
    echo "ssh -F $hosts/ssh host$1" >>"$hosts/list"
    eval "host_$1=$host_pid"
}

# As if host $1 had lost its power.
kill_host() {
    eval "kill -9 \"\$host_$1\"; wait \"\$host_$1\"" 2>/dev/null
    eval "host_$1="
}

stop_hosts() {
    for number in 1 2; do
        eval "[ -z \"\${host_$number-}\" ]" || kill_host $number
    done
    [ -z "${made_run-}" ] || rmdir /run/sshd
    made_run=
}
