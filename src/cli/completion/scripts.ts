/**
 * What each shell reads. All of them ask `decapod __complete` with the words up to the cursor, so they know nothing of
 * commands themselves and need no new copy when decapod gets a new one. Whatever goes wrong, they complete nothing.
 */
export const SHELLS = ["bash", "zsh", "fish", "pwsh"] as const;

export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

// bash splits words at = and :, decapod does not; so the line is split anew, and what bash has already is cut off.
const BASH = `# decapod completion for bash; in ~/.bashrc: source <(decapod completion bash)
_decapod() {
  local line typed kept value what
  local -a said
  read -ra said <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && said+=("")
  typed=\${said[\${#said[@]} - 1]}
  kept=""
  [[ $COMP_WORDBREAKS == *=* && $typed == *=* ]] && kept=\${typed%"\${typed##*=}"}
  [[ $COMP_WORDBREAKS == *:* && \${typed#"$kept"} == *:* ]] && kept=\${typed%"\${typed##*:}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files | :folders)
        compopt -o filenames 2> /dev/null
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(
          if [[ $line == :folders ]]; then compgen -d -- "\${typed#"$kept"}"; else compgen -f -- "\${typed#"$kept"}"; fi
        )
        ;;
      *)
        value=\${line%%$'\\t'*}
        printf -v value %q "\${value#"$kept"}"
        COMPREPLY+=("$value")
        ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${said[@]:1}" 2> /dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}
complete -F _decapod decapod
`;

const ZSH = `#compdef decapod
# decapod completion for zsh; in ~/.zshrc, behind compinit: source <(decapod completion zsh)
_decapod() {
  local line value what files=""
  local -a said lines whole open
  said=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  lines=("\${(@f)$(_call_program decapod "\${(q)words[1]}" __complete -- "\${(@q)said}" 2> /dev/null)}")
  for line in "\${lines[@]}"; do
    case $line in
      "") ;;
      :files) files=-f ;;
      :folders) files=-/ ;;
      *)
        value=\${line%%$'\\t'*}
        what=""
        [[ $line == *$'\\t'* ]] && what=\${line#*$'\\t'}
        if [[ $value == *= ]]; then open+=("\${value//:/\\\\:}:$what"); else whole+=("\${value//:/\\\\:}:$what"); fi
        ;;
    esac
  done
  (( \${#whole} )) && _describe -V decapod whole
  (( \${#open} )) && _describe -V decapod open -S ""
  [[ -n $files ]] && _files $files
  return 0
}
if [[ $funcstack[1] == _decapod ]]; then
  _decapod "$@"
elif (( $+functions[compdef] )); then
  compdef _decapod decapod
fi
`;

const FISH = `# decapod completion for fish: decapod completion fish > ~/.config/fish/completions/decapod.fish
function __decapod_complete
    set -l said (commandline -opc)
    set -l program $said[1]
    set -e said[1]
    set -l typed (commandline -ct)
    # What is typed may be escaped; without an argument string would wait for its input.
    if test -n "$typed"
        set -l plain (string unescape -- $typed)
        and set typed $plain
    end
    for line in (command $program __complete -- $said "$typed" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$typed"
            case :folders
                __fish_complete_directories "$typed" ""
            case '*'
                echo -- $line
        end
    end
end
complete -c decapod -f -k -a '(__decapod_complete)'
`;

// PowerShell does not hand an empty word to a program, so a new word is said by an option.
const PWSH = `# decapod completion for PowerShell; in $PROFILE: decapod completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName decapod -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $elements = @($commandAst.CommandElements)
    $said = @($elements | Select-Object -Skip 1 | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $new = @()
    if ($wordToComplete -eq '') { $new = @('--new') }
    $program = $elements[0].ToString()
    & $program __complete @new -- @said 2>$null | ForEach-Object {
        if ($_ -eq ':files' -or $_ -eq ':folders') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
        } else {
            $value, $what = $_ -split "\\t", 2
            if (-not $what) { $what = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $what)
        }
    }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, pwsh: PWSH };
