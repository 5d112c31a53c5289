-- Turns links between pages, `2-chat.md#zombies`, into links of the site, `2-chat.html#zombies`, or,
-- with the variable `book`, of one long page. What leads out of the handouts stays without its link.
-- Lets wide tables and figures scroll.
local book = false

local function Link(link)
    local page, rest = link.target:match('^([%w-]+)%.md(.*)$')
    if page and book then
        link.target = '@' .. page .. '-' .. rest:gsub('^#', '')
    elseif page then
        link.target = page .. '.html' .. rest
    elseif link.target:match('^%.%./%.%./') then
        return link.content -- the site has only the pages
    end
    return link
end

local function Table(block)
    return pandoc.Div({block}, {class = 'wide'})
end

local function Para(block)
    if #block.content == 1 and block.content[1].t == 'Image' then
        return pandoc.Div({pandoc.Plain(block.content)}, {class = 'wide'})
    end
end

local function Meta(meta)
    book = meta.book ~= nil
end

return {{Meta = Meta}, {Link = Link, Table = Table, Para = Para}}
